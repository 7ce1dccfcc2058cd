"""Names in Latin letters of origins for which Faker has none, or has them in another script only.

Common given and family names of each origin, put together for this project; no list of persons was read.
"""

from __future__ import annotations

from typing import Final

# Origin, whose names, the names (_ stands for a space inside one); as many lines as it takes.
_LINES: Final = """
somali women Amina Fadumo Hodan Khadra Sahra Ifrah Nasteexo Hibaaq Ubah Ayaan Deeqa Faiza Halimo Idil Ikraan Maryan
somali women Najma Rahma Safia Sagal Shamso Sucdi Zamzam Zeynab Asha Hamdi Kowsar Hinda Muna Filsan
somali men Abdi Abdirahman Abdullahi Ahmed Ali Bashir Bile Cabdi Dahir Farah Guled Hassan Hussein Ibrahim Ismail Jamal
somali men Khalid Liban Mahad Mohamed Mohamud Mukhtar Mustafa Nuur Omar Osman Said Sharmarke Yasin Yusuf
somali family Abdi Abdullahi Abdulle Adan Ahmed Ali Aden Barre Dahir Dirie Duale Elmi Farah Gedi Gure Hassan Hirsi
somali family Hussein Ibrahim Isse Jama Jibril Mohamed Mohamud Mumin Nur Omar Osman Roble Said Samatar Warsame Yusuf
somali family Guled Abshir
bangladeshi women Farzana Shahida Rukhsana Nasima Taslima Sultana Rehana Shamima Fahmida Sabina Nazma Rahima Salma
bangladeshi women Jahanara Monira Ayesha Tahmina Sharmin Rumana Nusrat Tania Afsana Mahmuda Halima Roksana Jesmin Lipi
bangladeshi women Shirin Fatema
bangladeshi men Abdul Mohammed Shofiqul Rafiqul Aminul Kamrul Jamal Kamal Shah Nazrul Habibur Mizanur Anwar Shamsul
bangladeshi men Faruk Delwar Tariq Imran Rezaul Ashraful Saiful Monir Rashid Hasan Nurul Zakir Masum Ruhul Abdus
bangladeshi family Begum Khatun Miah Uddin Rahman Ahmed Ali Islam Hussain Chowdhury Khan Hoque Haque Alam Choudhury
bangladeshi family Akhtar Bibi Khanom Hossain Mia Ullah Karim Malik Talukder Sarkar Sikder Mollah Bhuiyan Kabir Aziz
bangladeshi family Rashid Sultana
pakistani_women women Ayesha Fatima Zainab Saima Shazia Nadia Rabia Sadia Bushra Samina Farah Asma Uzma Rukhsana
pakistani_women women Nasreen Tahira Shabana Kausar Noreen Mehwish Hina Iqra Maryam Sana Amna Khadija Hafsa Zara Aliya
pakistani_women women Naheed Parveen Sidra
pakistani_women family Khan Ahmed Hussain Malik Iqbal Akhtar Mahmood Shah Ali Butt Mirza Qureshi Chaudhry Rashid Aslam
pakistani_women family Raja Bibi Begum Mughal Siddiqui Sheikh Ashraf Anwar Javed Saleem Rehman Bhatti Dar Nawaz Yousaf
pakistani_women family Zaman Khalid
sikh women Amandeep Baljit Gurpreet Harpreet Jaspreet Jasvinder Kiranjit Kulwinder Mandeep Manjit Navdeep Paramjit
sikh women Parminder Rajinder Ravinder Sandeep Satwinder Simran Sukhdeep Surinder Tejinder Jagdeep Harleen Jasleen
sikh men Amarjit Avtar Balbir Baldev Daljit Gurdeep Gurmeet Hardeep Harjit Inderjit Jagtar Jaswinder Karamjit Kuldip
sikh men Lakhbir Mohinder Navjot Onkar Pardeep Parmjit Ranjit Sarbjit Sukhwinder Surjit Tarlochan Arjan Manvir
sikh family Singh Kaur Dhillon Gill Sidhu Grewal Sandhu Bains Sahota Johal Dhaliwal Atwal Chahal Virk Mann Purewal
sikh family Basra Rai Randhawa Hayer Cheema Uppal Bhullar Brar Deol Ghuman Samra Toor Dosanjh Bhogal Kalsi Bansal
sikh family Sagoo
gujarati women Asha Bhavna Bhavini Chandrika Daksha Dipti Gita Hansa Hetal Jayshree Jignasha Kalpana Komal Kruti Lata
gujarati women Manisha Meena Mital Nisha Pallavi Poonam Priti Pushpa Rekha Rupal Sejal Shital Smita Sonal Trupti
gujarati women Urvashi Varsha
gujarati men Alpesh Amit Ashok Bhavesh Bharat Chetan Dilip Dinesh Hitesh Jayesh Jignesh Kalpesh Ketan Kishor Mahesh
gujarati men Manoj Mitesh Mukesh Nilesh Nitin Paresh Pravin Rajesh Ramesh Rakesh Sanjay Suresh Tushar Vijay Vipul
gujarati men Yogesh Jatin
gujarati family Patel Shah Mistry Desai Parmar Chauhan Solanki Mehta Joshi Modi Amin Bhatt Vyas Gohil Rathod Makwana
gujarati family Panchal Thakkar Kotecha Popat Ruparelia Raja Lakhani Halai Hirani Vekaria Pindoria Varsani Gajjar
gujarati family Trivedi Pandya
tamil women Abirami Anjali Anusha Bavani Dharshini Gayathri Gowri Janani Kalaivani Kavitha Keerthana Lavanya Malathi
tamil women Mathura Meena Nirmala Nithya Priya Rajini Sangeetha Saranya Selvi Shanthi Sivagami Sumathi Thanuja Vani
tamil women Yalini
tamil men Arul Balakumar Ganesh Gajan Gobi Indran Jeyakumar Kajan Karthik Kumaran Mathan Mayuran Nimal Niroshan
tamil men Pradeep Praveen Ragavan Rajan Ramanan Ravi Sanjeev Senthil Siva Sivakumar Suthan Thayalan Theepan Vasanthan
tamil men Vijay
tamil family Sivakumar Rajaratnam Balasubramaniam Selvarajah Thambirajah Kandasamy Nadarajah Ganeshalingam Yogarajah
tamil family Sivanathan Kumaraswamy Ratnasingam Paramanathan Sritharan Jeyaratnam Thavarajah Vigneswaran Arulampalam
tamil family Mahendran Ravindran Suntharalingam Murugesu Sinnathurai Ponniah Chelliah Raveendran Kanagaratnam
tamil family Logeswaran
arab women Aisha Amal Amira Asma Dalia Dina Fatima Ghada Hanan Hala Huda Iman Jamila Khadija Laila Lamia Layla Lina
arab women Maha Mariam Maryam Mona Nadia Noor Nour Rania Reem Salma Samira Sara Shaima Sumaya Wafa Yasmin Zahra Zainab
arab men Abdullah Adel Ahmad Ahmed Ali Amir Anas Ayman Bilal Faisal Farid Fouad Hamza Hassan Hisham Hussein Ibrahim
arab men Jamal Karim Khaled Mahmoud Majid Marwan Mohamed Mohammed Mustafa Nabil Nasser Omar Rami Samir Tariq Walid
arab men Yasser Youssef Ziad
arab family Al-Hashimi Al-Rashid Al-Sayed Al-Masri Al-Najjar Al-Khatib Haddad Hamdan Hassan Hussein Ibrahim Khalil
arab family Khoury Mahmoud Mansour Mustafa Nasser Omar Qasim Rahman Saleh Salem Shaheen Suleiman Youssef Zaidan Aziz
arab family Barakat Darwish Fahmy Ghanem Habib Jaber Kassem Abdelrahman Abu_Bakr El-Sayed Farouk Saeed Tawfik
iranian women Azadeh Bahar Banafsheh Elham Elnaz Farideh Fatemeh Golnaz Hengameh Laleh Leila Mahsa Maryam Mina Mitra
iranian women Nasrin Nazanin Negar Parisa Parvin Pegah Roya Samira Sara Setareh Shadi Shirin Soraya Yasaman Zahra
iranian women Zohreh
iranian men Ali Amir Arash Babak Behnam Behrouz Dariush Ehsan Farhad Farzad Hamid Hossein Iraj Javad Kamran Kaveh
iranian men Kourosh Mahmoud Majid Masoud Mehdi Mehrdad Mohsen Nader Omid Pejman Pouya Ramin Reza Saeed Shahram Siavash
iranian family Ahmadi Akbari Alavi Amini Azizi Bagheri Ebrahimi Eskandari Farahani Ghorbani Hashemi Heidari Hosseini
iranian family Jafari Karimi Kazemi Khosravi Mahmoudi Mohammadi Moradi Mousavi Najafi Nazari Rahimi Rezaei Rostami
iranian family Sadeghi Salehi Shirazi Soltani Tehrani Yazdani Zamani
albanian women Albana Arta Besa Blerta Drita Edona Elira Elona Fatmira Fjolla Gentiana Kaltrina Liridona Luljeta
albanian women Merita Mirjeta Rina Shpresa Teuta Valbona Vjosa Zana
albanian men Agim Alban Arben Ardit Artan Bekim Besnik Blerim Dritan Edon Endrit Fatmir Flamur Genti Ilir Kujtim Luan
albanian men Lulzim Mentor Petrit Shkëlqim Skënder Valon Xhevdet
albanian family Hoxha Krasniqi Gashi Berisha Shala Morina Kelmendi Bytyqi Prifti Leka Gjoni Çela Duka Marku Dervishi
albanian family Beqiri Hasani Kola Shehu Dedja Përmeti Zeqiri Osmani Rexha
greek women Androulla Anna Chrysoulla Christina Despina Eleni Elli Georgia Ioanna Katerina Kyriaki Maria Marina
greek women Panayiota Sofia Stella Theodora Vasiliki Yiota Zoe
greek men Andreas Antonis Christos Costas Demetris George Giorgos Kyriacos Loizos Marios Michalis Nicos Panayiotis
greek men Petros Savvas Spyros Stavros Stelios Theo Yiannis
greek family Georgiou Christodoulou Ioannou Demetriou Nicolaou Constantinou Andreou Charalambous Papadopoulos Antoniou
greek family Kyriacou Michael Panayiotou Savva Stavrou Theodorou Hadjigeorgiou Loizou Vassiliou Petrou Economou
greek family Kyprianou
filipino women Maricel Rosalie Jocelyn Marites Analyn Cherry Divina Evelyn Gemma Imelda Jennilyn Liezl Lorna
filipino women Luzviminda Maribel Marilou Rowena Sheila Teresita Virgie
filipino men Arnel Danilo Edgardo Ernesto Ferdinand Jericho Joel Jomar Jun Leandro Nestor Noel Ramil Reynaldo Rodel
filipino men Romeo Ronaldo Rommel Ruel Wilfredo
filipino family Santos Reyes Cruz Bautista Ocampo Garcia Mendoza Torres Castillo Villanueva Ramos Aquino Dela_Cruz
filipino family Navarro Salazar Mercado Dizon Pangilinan Manalo Macaraeg Bonifacio Magsaysay Tolentino Dimaculangan
ethiopian women Abeba Aster Bethlehem Birtukan Eden Feven Genet Hanna Hiwot Kidist Lemlem Meron Mulu Rahel Saba Selam
ethiopian women Senait Tigist Tsehay Yordanos
ethiopian men Abebe Alemu Bereket Biniam Dawit Ermias Filmon Girma Haile Kidane Mebrahtu Mulugeta Robel Samuel Solomon
ethiopian men Tekle Tesfaye Yohannes Yonas Zerihun
ethiopian family Tesfaye Haile Gebremedhin Kidane Tekle Woldemariam Abebe Alemayehu Bekele Berhane Desta Ghebreyesus
ethiopian family Girma Habte Mengistu Mulugeta Negash Okubay Tadesse Teklehaimanot Yohannes Zerai
celtic women Siân Carys Bronwen Angharad Cerys Rhiannon Nia Catrin Ffion Megan Eilidh Kirsty Ailsa Isla Morag Mairi
celtic women Fiona
celtic men Rhys Gareth Dafydd Iwan Owain Emyr Geraint Hywel Aled Alasdair Hamish Callum Ewan Fergus Angus Lachlan Rory
celtic family Jones Davies Evans Thomas Roberts Hughes Lewis Morgan Griffiths Llewellyn Pritchard Vaughan Powell
celtic family Gwilym MacDonald Campbell Stewart Fraser Mackenzie Sinclair Buchanan Drummond Macleod Urquhart Colquhoun
celtic family Ferguson
"""

# What people call themselves beside what stands in their passport. Both are names of the same person.
_SHORT: Final = """
William=Bill Robert=Bob Richard=Dick James=Jim John=Jack Michael=Mike Christopher=Chris Matthew=Matt Andrew=Andy
Anthony=Tony Steven=Steve Stephen=Steve Stuart=Stu Thomas=Tom Timothy=Tim David=Dave Daniel=Dan Joseph=Joe
Joshua=Josh Benjamin=Ben Samuel=Sam Alexander=Alex Nicholas=Nick Patrick=Paddy Philip=Phil Phillip=Phil Peter=Pete
Gregory=Greg Geoffrey=Geoff Jeffrey=Jeff Edward=Ted Francis=Frank Gerald=Gerry Jonathan=Jon Kenneth=Ken
Lawrence=Larry Leonard=Len Raymond=Ray Ronald=Ron Simon=Si Terence=Terry Victor=Vic Vincent=Vince Nathan=Nate
Oliver=Ollie Zachary=Zac Maxwell=Max Graham=Gray Dominic=Dom Frederick=Fred Elizabeth=Liz Margaret=Maggie
Catherine=Cath Katherine=Kate Kathleen=Kath Susan=Sue Patricia=Pat Christine=Chris Jennifer=Jenny Jacqueline=Jackie
Victoria=Vicky Rebecca=Becky Deborah=Debbie Barbara=Barb Samantha=Sam Alexandra=Alex Amanda=Mandy Pamela=Pam
Judith=Judy Josephine=Jo Joanne=Jo Natalie=Nat Abigail=Abby Charlotte=Lottie Eleanor=Ellie Isabella=Bella
Jessica=Jess Gillian=Gill Stephanie=Steph Theresa=Terri Valerie=Val Lesley=Les Sandra=Sandy Kimberley=Kim
Danielle=Dani Gabrielle=Gabi Mohammed=Mo Muhammad=Mo Mohamed=Mo Abdullahi=Abdi Abdirahman=Abdi Ibrahim=Ibby
Yusuf=Yus Oluwaseun=Seun Olufemi=Femi Temitope=Temi Olumide=Mide Oluwatobi=Tobi Chukwuemeka=Emeka Chinedu=Nedu
Francisco=Paco José=Pepe Ignacio=Nacho Giuseppe=Beppe Katarzyna=Kasia Małgorzata=Gosia Agnieszka=Aga Joanna=Asia
Krzysztof=Krzys Grzegorz=Grzes Harpreet=Harry Gurpreet=Preet Mandeep=Mandy Jaswinder=Jas Rajesh=Raj Sanjay=Sanj
Priyanka=Priya Fatima=Fati Zainab=Zee Anastasia=Ana Alejandro=Alex Maximilian=Max Sebastian=Seb
"""

SHORT: Final[dict[str, str]] = dict(pair.split("=") for pair in _SHORT.split())


def names_of(origin: str, whose: str) -> tuple[str, ...]:
    """The names of `women`, `men` or `family`; none where the list has none."""
    beginning = f"{origin} {whose} "
    lines = [line.removeprefix(beginning) for line in _LINES.splitlines() if line.startswith(beginning)]
    return tuple(name.replace("_", " ") for line in lines for name in line.split())
